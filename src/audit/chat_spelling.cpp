#include "audit/chat_spelling.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "audit/folding.hpp"
#include "base/sha256.hpp"
#include "base/utf8.hpp"

namespace oidor::audit {
namespace {

/// What is typed (folded) and what it stands for. What as often stands for something else is left
/// out: "ml" is a measure, "pdo" an order, "NC" a credit note, "Sta" a saint.
struct Abbreviation {
    std::string_view typed;
    std::string_view meant;
};

constexpr std::array kSpanish = std::to_array<Abbreviation>({
    {"xq", "por que"},
    {"pq", "por que"},
    {"porq", "por que"},
    {"xk", "por que"},
    {"xke", "por que"},
    {"xfa", "por favor"},
    {"xfavor", "por favor"},
    {"pf", "por favor"},
    {"pls", "por favor"},
    {"plis", "por favor"},
    {"porfa", "por favor"},
    {"porfis", "por favor"},
    {"tmb", "también"},
    {"tb", "también"},
    {"tbn", "también"},
    {"tmbn", "también"},
    {"tambn", "también"},
    {"q", "que"},
    {"k", "que"},
    {"ke", "que"},
    {"qe", "que"},
    {"dnd", "donde"},
    {"dond", "donde"},
    {"cdo", "cuando"},
    {"cuand", "cuando"},
    {"cnd", "cuando"},
    {"cto", "cuanto"},
    {"grax", "gracias"},
    {"grx", "gracias"},
    {"grcs", "gracias"},
    {"gcias", "gracias"},
    {"gracs", "gracias"},
    {"grac", "gracias"},
    {"grasias", "gracias"},
    {"mchs", "muchas"},
    {"bn", "bien"},
    {"bns", "buenas"},
    {"bnas", "buenas"},
    {"bnos", "buenos"},
    {"wenas", "buenas"},
    {"weno", "bueno"},
    {"bnoches", "buenas noches"},
    {"bdias", "buenos días"},
    {"bstardes", "buenas tardes"},
    {"msj", "mensaje"},
    {"msje", "mensaje"},
    {"mnsj", "mensaje"},
    {"tel", "teléfono"},
    {"cel", "celular"},
    {"nro", "número"},
    {"num", "número"},
    {"info", "información"},
    {"toy", "estoy"},
    {"d", "de"},
    {"dl", "del"},
    {"pa", "para"},
    {"pra", "para"},
    {"x", "por"},
    {"mñn", "mañana"},
    {"mñna", "mañana"},
    {"tarj", "tarjeta"},
    {"aki", "aquí"},
    {"aca", "acá"},
    {"ntp", "no te preocupes"},
    {"nose", "no sé"},
    {"nmms", "no mames"},
    {"alv", "a la verga"},
    {"hdp", "hijo de puta"},
    {"hpta", "hijo de puta"},
    {"ptm", "puta madre"},
    {"csm", "concha su madre"},
    {"ctm", "concha tu madre"},
    {"lpm", "la puta madre"},
    {"lptm", "la puta madre"},
    {"vrg", "verga"},
    {"pndj", "pendejo"},
    {"pndjo", "pendejo"},
    {"mrd", "mierda"},
    {"mrda", "mierda"},
    {"finde", "fin de semana"},
    {"salu2", "saludos"},
    {"bss", "besos"},
    {"tqm", "te quiero mucho"},
    {"muxas", "muchas"},
    {"muxo", "mucho"},
    {"exelente", "excelente"},
    {"dsp", "después"},
    {"dps", "después"},
    {"desp", "después"},
    {"hs", "horas"},
    {"hrs", "horas"},
    {"min", "minutos"},
    {"mins", "minutos"},
    {"kiero", "quiero"},
    {"qiero", "quiero"},
    {"qro", "quiero"},
    {"vdd", "verdad"},
    {"vd", "usted"},
    {"ud", "usted"},
    {"uds", "ustedes"},
});

constexpr std::array kPortuguese = std::to_array<Abbreviation>({
    {"vc", "você"},
    {"vcs", "vocês"},
    {"q", "que"},
    {"oq", "o que"},
    {"pq", "por que"},
    {"tb", "também"},
    {"tbm", "também"},
    {"tmb", "também"},
    {"obg", "obrigado"},
    {"obgd", "obrigado"},
    {"obgda", "obrigada"},
    {"brigada", "obrigada"},
    {"brigado", "obrigado"},
    {"vlw", "valeu"},
    {"blz", "beleza"},
    {"pfv", "por favor"},
    {"pf", "por favor"},
    {"pfvr", "por favor"},
    {"msg", "mensagem"},
    {"hj", "hoje"},
    {"amh", "amanhã"},
    {"dps", "depois"},
    {"qdo", "quando"},
    {"qnd", "quando"},
    {"qto", "quanto"},
    {"cmg", "comigo"},
    {"ctg", "contigo"},
    {"n", "não"},
    {"nao", "não"},
    {"naum", "não"},
    {"eh", "é"},
    {"ta", "está"},
    {"to", "estou"},
    {"p", "para"},
    {"pra", "para"},
    {"d", "de"},
    {"mto", "muito"},
    {"mt", "muito"},
    {"mta", "muita"},
    {"bjs", "beijos"},
    {"abs", "abraços"},
    {"fds", "fim de semana"},
    {"tel", "telefone"},
    {"cel", "celular"},
    {"td", "tudo"},
    {"tds", "todos"},
    {"bn", "boa noite"},
    {"pqp", "puta que pariu"},
    {"fdp", "filho da puta"},
    {"vsf", "vai se foder"},
    {"vtnc", "vai tomar no cu"},
    {"krl", "caralho"},
    {"crl", "caralho"},
});

constexpr std::array kEnglish = std::to_array<Abbreviation>({
    {"u", "you"},
    {"ur", "your"},
    {"r", "are"},
    {"pls", "please"},
    {"plz", "please"},
    {"thx", "thanks"},
    {"thnx", "thanks"},
    {"tnx", "thanks"},
    {"ty", "thank you"},
    {"tysm", "thank you so much"},
    {"tyvm", "thank you very much"},
    {"np", "no problem"},
    {"bc", "because"},
    {"cuz", "because"},
    {"b4", "before"},
    {"gr8", "great"},
    {"l8r", "later"},
    {"msg", "message"},
    {"idk", "i don't know"},
    {"dunno", "i don't know"},
    {"brb", "be right back"},
    {"wtf", "what the fuck"},
    {"stfu", "shut the fuck up"},
    {"acct", "account"},
    {"asap", "as soon as possible"},
    {"hv", "have"},
    {"wknd", "weekend"},
    {"sry", "sorry"},
});

/// Beside a number these are signs of it: "50 k" is an amount, "2 x 1" an offer, "rua A, n 25" an
/// address.
constexpr std::array<std::string_view, 3> kNumberSigns = {"k", "x", "n"};

std::span<const Abbreviation> abbreviations(std::string_view language) {
    if (language == "es") {
        return kSpanish;
    }
    if (language == "pt") {
        return kPortuguese;
    }
    return language == "en" ? std::span<const Abbreviation>(kEnglish)
                            : std::span<const Abbreviation>();
}

/// A run of signs, and the word that it becomes.
struct Sign {
    char32_t first;
    char32_t last;
    std::string_view word;
};

// By code point; what lies between has no feeling and stays a separator.
constexpr std::array kEmoji = std::to_array<Sign>({
    {0x2639, 0x2639, "emojitriste"},    {0x263A, 0x263A, "emojifeliz"},
    {0x2705, 0x2705, "emojivisto"},     {0x2764, 0x2764, "emojicorazon"},
    {0x1F389, 0x1F38A, "emojifiesta"},  {0x1F44C, 0x1F44D, "emojibien"},
    {0x1F44E, 0x1F44E, "emojimal"},     {0x1F44F, 0x1F44F, "emojiaplauso"},
    {0x1F490, 0x1F490, "emojicorazon"}, {0x1F493, 0x1F493, "emojicorazon"},
    {0x1F494, 0x1F494, "emojitriste"},  {0x1F495, 0x1F49F, "emojicorazon"},
    {0x1F4A9, 0x1F4A9, "emojimal"},     {0x1F4AA, 0x1F4AA, "emojibien"},
    {0x1F595, 0x1F595, "emojiinsulto"}, {0x1F600, 0x1F604, "emojifeliz"},
    {0x1F605, 0x1F606, "emojirisa"},    {0x1F607, 0x1F607, "emojifeliz"},
    {0x1F609, 0x1F60B, "emojifeliz"},   {0x1F60D, 0x1F60E, "emojifeliz"},
    {0x1F60C, 0x1F60C, "emojifeliz"},   {0x1F60F, 0x1F60F, "emojiironia"},
    {0x1F610, 0x1F611, "emojiserio"},   {0x1F612, 0x1F612, "emojiironia"},
    {0x1F613, 0x1F616, "emojitriste"},  {0x1F617, 0x1F61A, "emojifeliz"},
    {0x1F61B, 0x1F61D, "emojirisa"},    {0x1F61E, 0x1F61F, "emojitriste"},
    {0x1F620, 0x1F621, "emojienojo"},   {0x1F622, 0x1F622, "emojitriste"},
    {0x1F623, 0x1F624, "emojienojo"},   {0x1F625, 0x1F62B, "emojitriste"},
    {0x1F62D, 0x1F62D, "emojitriste"},  {0x1F630, 0x1F631, "emojitriste"},
    {0x1F63F, 0x1F63F, "emojitriste"},  {0x1F641, 0x1F641, "emojitriste"},
    {0x1F642, 0x1F642, "emojifeliz"},   {0x1F643, 0x1F644, "emojiironia"},
    {0x1F64C, 0x1F64C, "emojifiesta"},  {0x1F64F, 0x1F64F, "emojigracias"},
    {0x1F602, 0x1F602, "emojirisa"},    {0x1F917, 0x1F917, "emojifeliz"},
    {0x1F923, 0x1F923, "emojirisa"},    {0x1F926, 0x1F926, "emojiironia"},
    {0x1F92C, 0x1F92C, "emojienojo"},   {0x1F929, 0x1F929, "emojifeliz"},
    {0x1F970, 0x1F970, "emojifeliz"},   {0x1F973, 0x1F973, "emojifiesta"},
    {0x1F97A, 0x1F97A, "emojitriste"},  {0x1F9E1, 0x1F9E1, "emojicorazon"},
});

/// Faces of punctuation; the longest that fits is taken.
constexpr std::array kFaces = std::to_array<Abbreviation>({
    {":'(", "emojitriste"}, {":-(", "emojitriste"}, {":-)", "emojifeliz"},  {":-D", "emojifeliz"},
    {":-/", "emojiserio"},  {">:(", "emojienojo"},  {"xDD", "emojirisa"},   {":(", "emojitriste"},
    {":)", "emojifeliz"},   {":D", "emojifeliz"},   {"=)", "emojifeliz"},   {";)", "emojifeliz"},
    {"<3", "emojicorazon"}, {":c", "emojitriste"},  {"xD", "emojirisa"},    {"XD", "emojirisa"},
    {"T_T", "emojitriste"}, {"u.u", "emojitriste"}, {"-_-", "emojiironia"},
});

std::string_view emoji_word(char32_t code) {
    for (const auto& sign : kEmoji) {
        if (code >= sign.first && code <= sign.last) {
            return sign.word;
        }
    }
    return {};
}

bool is_ascii_letter(char c) {
    const char low = static_cast<char>(c | 0x20);
    return low >= 'a' && low <= 'z';
}

/// Of a word: letters, digits, accents. Signs and punctuation beyond ASCII are not.
bool is_word_point(char32_t c) {
    if (c < 0x80) {
        return is_ascii_letter(static_cast<char>(c)) || (c >= '0' && c <= '9');
    }
    return c >= 0xC0 && c < 0x2000 && c != 0xD7 && c != 0xF7;
}

/// Beyond ASCII it may be one: then a space too many does no harm.
bool is_word_byte(char c) {
    return is_ascii_letter(c) || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

/// `jaja`, `jejeje`, `hahaha`, `kkkk`, `rsrs`, with a slip here and there ("jajaj").
bool is_laughter(std::string_view word) {
    if (word == "lol" || word == "lmao") {
        return true;
    }
    if (word.size() >= 3 && std::ranges::all_of(word, [](char c) { return c == 'k'; })) {
        return true;
    }
    if (word.size() < 4) {
        return false;
    }
    const auto only = [&](std::string_view letters) {
        return word.find_first_not_of(letters) == std::string_view::npos &&
               std::ranges::count(word, letters[0]) >= 2 &&
               std::ranges::count(word, letters[1]) >= 1;
    };
    return only("ja") || only("je") || only("ji") || only("ha") || only("he") || only("hi") ||
           only("rs");
}

/// Writes a message out piece by piece.
class Writer {
  public:
    Writer(std::string_view text, std::string_view language)
        : text_(text), table_(abbreviations(language)) {
        out_.text.reserve(text.size() + text.size() / 4);
        out_.origins.reserve(text.size() + text.size() / 4);
    }

    ChatText run() {
        std::size_t i = 0;
        while (i < text_.size()) {
            if (const auto face = face_at(i)) {
                put_word(face->meant, i, i + face->typed.size());
                i += face->typed.size();
                continue;
            }
            const auto point = read_code_point(text_, i);
            if (const auto sign = emoji_word(point.value); !sign.empty()) {
                put_word(sign, i, i + point.size_bytes);
                i += point.size_bytes;
            } else if (is_word_point(point.value)) {
                i = put_typed_word(i);
            } else {
                copy(i, i + point.size_bytes);
                i += point.size_bytes;
            }
        }
        return std::move(out_);
    }

  private:
    [[nodiscard]] const Abbreviation* face_at(std::size_t i) const {
        // Faces of letters stand alone: "xD", not the end of a word.
        const bool alone = i == 0 || !is_word_byte(text_[i - 1]);
        for (const auto& face : kFaces) {
            const auto end = i + face.typed.size();
            const bool lettered = is_ascii_letter(face.typed.back());
            if (alone && text_.substr(i).starts_with(face.typed) &&
                (!lettered || end == text_.size() || !is_word_byte(text_[end]))) {
                return &face;
            }
        }
        return nullptr;
    }

    [[nodiscard]] bool is_beside_number(std::size_t begin, std::size_t end) const {
        const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        const auto before = text_.substr(0, begin).find_last_not_of(' ');
        const auto behind = text_.find_first_not_of(' ', end);
        return (before != std::string_view::npos && is_digit(text_[before])) ||
               (behind != std::string_view::npos && is_digit(text_[behind]));
    }

    std::size_t put_typed_word(std::size_t begin) {
        auto end = begin;
        while (end < text_.size()) {
            const auto point = read_code_point(text_, end);
            if (!is_word_point(point.value)) {
                break;
            }
            end += point.size_bytes;
        }
        const auto typed = fold(text_.substr(begin, end - begin));
        const bool is_sign = std::ranges::find(kNumberSigns, typed) != kNumberSigns.end() &&
                             is_beside_number(begin, end);
        if (is_laughter(typed)) {
            put_word("emojirisa", begin, end);
        } else if (const auto known = std::ranges::find(table_, typed, &Abbreviation::typed);
                   known != table_.end() && !is_sign) {
            put_word(known->meant, begin, end);
        } else {
            put_shortened(begin, end);
        }
        return end;
    }

    /// Three or more of a letter are one; "holaaa" is "hola".
    void put_shortened(std::size_t begin, std::size_t end) {
        for (auto i = begin; i < end;) {
            const auto point = read_code_point(text_, i);
            auto beyond = i + point.size_bytes;
            std::size_t count = 1;
            while (beyond < end && same_letter(read_code_point(text_, beyond).value, point.value)) {
                beyond += read_code_point(text_, beyond).size_bytes;
                ++count;
            }
            if (count > 2 && !(point.value >= '0' && point.value <= '9')) {
                // The one that stays stands for the last, so that a quote takes them all.
                const bool first = i == begin;
                for (std::size_t k = 0; k < point.size_bytes; ++k) {
                    out_.text.push_back(text_[i + k]);
                    out_.origins.push_back(
                        static_cast<std::uint32_t>(first ? i : last_point(i, beyond)));
                }
            } else {
                copy(i, beyond);
            }
            i = beyond;
        }
    }

    static bool same_letter(char32_t a, char32_t b) {
        const auto low = [](char32_t c) { return c >= 'A' && c <= 'Z' ? (c | 0x20U) : c; };
        return low(a) == low(b);
    }

    [[nodiscard]] std::size_t last_point(std::size_t begin, std::size_t end) const {
        auto last = begin;
        for (auto i = begin; i < end; i += read_code_point(text_, i).size_bytes) {
            last = i;
        }
        return last;
    }

    void copy(std::size_t begin, std::size_t end) {
        for (auto i = begin; i < end;) {
            const auto size = read_code_point(text_, i).size_bytes;
            for (std::size_t k = 0; k < size; ++k) {
                out_.text.push_back(text_[i + k]);
                out_.origins.push_back(static_cast<std::uint32_t>(i));
            }
            i += size;
        }
    }

    /// Words for [begin, end) of the original: each stands for all of it.
    void put_word(std::string_view words, std::size_t begin, std::size_t end) {
        const auto last = static_cast<std::uint32_t>(last_point(begin, end));
        const auto first = static_cast<std::uint32_t>(begin);
        const bool glued = !out_.text.empty() && is_word_byte(out_.text.back());
        if (glued) {
            push(' ', first);
        }
        for (std::size_t i = 0; i < words.size(); ++i) {
            const bool starts = i == 0 || words[i - 1] == ' ';
            push(words[i], starts ? first : last);
        }
        if (end < text_.size() && is_word_byte(text_[end])) {
            push(' ', last);
        }
    }

    void push(char c, std::uint32_t origin) {
        out_.text.push_back(c);
        out_.origins.push_back(origin);
    }

    std::string_view text_;
    std::span<const Abbreviation> table_;
    ChatText out_ = {};
};

}  // namespace

ChatText write_out_chat(std::string_view text, std::string_view language) {
    return Writer(text, language).run();
}

std::string chat_spelling_sha256() {
    std::string data = "chat 1\n";
    for (const auto table :
         {std::span<const Abbreviation>(kSpanish), std::span<const Abbreviation>(kPortuguese),
          std::span<const Abbreviation>(kEnglish), std::span<const Abbreviation>(kFaces)}) {
        for (const auto& [typed, meant] : table) {
            data += typed;
            data += '\t';
            data += meant;
            data += '\n';
        }
    }
    for (const auto& sign : kEmoji) {
        append_utf8(data, sign.first);
        append_utf8(data, sign.last);
        data += sign.word;
        data += '\n';
    }
    return sha256_hex(data);
}

}  // namespace oidor::audit
