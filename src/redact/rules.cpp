#include "redact/rules.hpp"

#include <algorithm>
#include <array>

#include "redact/check_digits.hpp"
#include "redact/lexicon.hpp"

namespace oidor::redact {
namespace {

using enum Sure;

/// International telephones have at most 15 digits (E.164); one whose plus was said has a whole
/// national number behind it.
constexpr std::size_t kPhoneMax = 15;
constexpr std::size_t kSaidMin = 9;

/// Country codes of the world, by their first digits: of one, two, three digits.
bool has_country_code(std::string_view digits) {
    static constexpr std::string_view kOne = "17";
    static constexpr std::array<std::string_view, 41> kTwo = {
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45",
        "46", "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61",
        "62", "63", "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "98"};
    static constexpr std::string_view kThreeBegin = "234569";
    if (digits.size() < 8 || digits.size() > 15) {
        return false;
    }
    return kOne.contains(digits.front()) ||
           std::ranges::find(kTwo, digits.substr(0, 2)) != kTwo.end() ||
           (kThreeBegin.contains(digits.front()) && digits.size() >= 10);
}

/// A country's telephones as they are known without a word beside them.
struct PhoneForm {
    std::string_view country = {};
    std::string_view begin = {};
    std::size_t size = 0;
    bool spaced = false;  ///< Only where it is written in groups.
};

constexpr std::array<PhoneForm, 22> kPhoneForms = {{
    {"AR", "11", 10, false},  {"AR", "011", 11, false}, {"AR", "15", 10, true},
    {"AR", "2", 10, true},    {"AR", "3", 10, true},    {"AR", "02", 11, true},
    {"AR", "03", 11, true},   {"AR", "549", 13, false}, {"AR", "54", 12, true},
    {"MX", "", 10, true},     {"MX", "521", 13, false}, {"MX", "52", 12, true},
    {"CL", "9", 9, false},    {"CL", "569", 11, false}, {"CO", "3", 10, false},
    {"CO", "573", 12, false}, {"PE", "9", 9, false},    {"EC", "09", 10, false},
    {"UY", "09", 9, false},   {"PY", "09", 10, false},  {"BR", "", 11, true},
    {"BR", "", 10, true},
}};

/// Collects what a candidate may be and keeps the best.
class Judge {
  public:
    Judge(const Candidate& candidate, std::string_view country)
        : c_(candidate), country_(country), size_(candidate.digits.size()) {}

    std::optional<Verdict> judge() {
        if (!c_.plus || size_ > kPhoneMax) {
            if (!c_.date) {
                cards();
                accounts();
            }
            long_documents();
            if (!c_.date && !c_.money && !c_.loose) {
                short_documents();
                identity_cards();
                unknown_documents();
            }
        }
        if (!c_.date && !c_.money && !c_.loose) {
            phones();
        }
        if (c_.loose && best_ && best_->sure != Certain) {
            best_.reset();
        }
        return best_;
    }

  private:
    [[nodiscard]] bool told(std::uint32_t labels) const { return (c_.labels & labels) != 0; }
    [[nodiscard]] bool here(std::string_view country) const { return country_ == country; }
    [[nodiscard]] bool maybe(std::string_view country) const {
        return country_.empty() || country_ == country;
    }
    /// Groups as people write them and lists do not.
    [[nodiscard]] bool is_spaced() const { return c_.shape.size() > 2; }

    void offer(Kind kind, Sure sure, bool context, std::string_view country) {
        const int weight = static_cast<int>(sure) * 1000 + (context ? 5 : 0) +
                           (!country.empty() && here(country) ? 3 : 0);
        if (!best_ || weight > best_->weight) {
            best_ = Verdict{.kind = kind, .sure = sure, .weight = weight};
        }
    }

    /// Certain by its check digit; misheard where a word names it all the same.
    void checked(Kind kind, bool holds, std::uint32_t labels, std::string_view country) {
        if (holds) {
            offer(kind, Certain, told(labels), country);
        } else if (told(labels)) {
            offer(kind, Possible, true, country);
        }
    }

    void cards() {
        if (size_ >= 13 && size_ <= 19) {
            const bool luhn = has_luhn(c_.digits);
            if (luhn && has_card_range(c_.digits)) {
                offer(Kind::Card, Certain, told(kCard), {});
            } else if (told(kCard) && (luhn || size_ == 15 || size_ == 16)) {
                offer(Kind::Card, luhn ? Likely : Possible, true, {});
            }
        }
        if ((size_ == 3 || size_ == 4) && told(kCardCode)) {
            offer(Kind::CardCode, Likely, true, {});
        }
    }

    void accounts() {
        if (size_ == 22) {
            checked(Kind::Cbu, is_cbu(c_.digits), kCbu, "AR");
        }
        if (size_ == 18) {
            checked(Kind::Clabe, is_clabe(c_.digits), kClabe, "MX");
        }
    }

    /// Those whose check digits and beginnings hardly hold by chance.
    void long_documents() {
        if (size_ == 14) {
            checked(Kind::Cnpj, is_cnpj(c_.digits), kCnpj, "BR");
        }
        if (c_.date) {
            return;
        }
        if (size_ == 11) {
            checked(Kind::Cuit, is_cuit(c_.digits), kCuit, "AR");
            checked(Kind::RucPe, is_ruc_pe(c_.digits), maybe("PE") ? kRuc : kNothing, "PE");
            checked(Kind::Cpf, is_cpf(c_.digits), kCpf, "BR");
        }
        if (size_ == 13) {
            checked(Kind::RucEc, is_ruc_ec(c_.digits), maybe("EC") ? kRuc : kNothing, "EC");
        }
    }

    /// One check digit over few digits holds for every tenth number: a word, the country or the
    /// form has to agree.
    void short_documents() {
        const bool letter = c_.digits.ends_with('K');
        if (size_ == 8 || size_ == 9) {
            const bool form = letter || c_.shape.ends_with("-1");
            const bool agrees = form || told(kRut) || (here("CL") && !c_.other);
            checked(Kind::Rut, is_rut(c_.digits) && agrees, kRut, "CL");
        }
        if (letter) {
            return;
        }
        if (size_ == 10 && maybe("EC")) {
            const bool agrees = told(kCedula | kDocument) || (here("EC") && !c_.other);
            checked(Kind::CedulaEc, is_cedula_ec(c_.digits) && agrees,
                    here("EC") ? kCedula : kNothing, "EC");
        }
        if ((size_ == 7 || size_ == 8) && maybe("UY")) {
            const bool form = c_.shape == "1.3.3-1" || c_.shape == "3.3-1" || c_.shape == "7-1";
            const bool agrees =
                form || told(kCedula) || (here("UY") && (told(kDocument) || !c_.other));
            checked(Kind::CedulaUy, is_cedula_uy(c_.digits) && agrees,
                    here("UY") ? kCedula : kNothing, "UY");
        }
        if (size_ >= 6 && size_ <= 9) {
            const bool agrees = told(kRuc) || (here("PY") && c_.shape.ends_with("-1") && !c_.other);
            checked(Kind::RucPy, is_ruc_py(c_.digits) && agrees && maybe("PY"),
                    here("PY") ? kRuc : kNothing, "PY");
        }
    }

    /// Those without a check digit: only beside a word.
    void identity_cards() {
        const bool eight = size_ == 8;
        if ((eight || size_ == 7) && maybe("AR") && told(here("AR") ? kDni | kDocument : kDni)) {
            offer(Kind::DniAr, Likely, true, "AR");
        }
        if (eight && here("PE") && told(kDni | kDocument)) {
            offer(Kind::DniPe, Likely, true, "PE");
        }
        if ((size_ == 10 || (size_ >= 6 && size_ <= 8)) && here("CO") &&
            told(kCedula | kDocument)) {
            offer(Kind::CedulaCo, Likely, true, "CO");
        }
    }

    void unknown_documents() {
        if (size_ >= 6 && size_ <= 11 && told(kDni | kCedula | kDocument) && !best_) {
            offer(Kind::Document, Likely, false, {});
        }
    }

    void phones() {
        if (c_.plus || (c_.plus_said && size_ > kSaidMin)) {
            if (has_country_code(c_.digits)) {
                offer(Kind::Phone, Certain, told(kPhone), {});
            }
        }
        const bool named = told(kPhone) && size_ >= 7 && size_ <= 13;
        const bool mine = told(kMyNumber) && size_ >= 8 && size_ <= 13;
        if (named || mine || (!c_.other && has_phone_form())) {
            offer(Kind::Phone, Likely, named, {});
        }
    }

    [[nodiscard]] bool has_phone_form() const {
        // An area in parentheses, or groups that end as nothing but telephones do.
        if (size_ >= 8 && size_ <= 13 && c_.shape.ends_with("4-4") && c_.shape.size() > 3) {
            return true;
        }
        if (size_ >= 8 && size_ <= 12 && c_.shape.starts_with('(')) {
            return true;
        }
        return std::ranges::any_of(kPhoneForms, [this](const PhoneForm& form) {
            return here(form.country) && size_ == form.size && c_.digits.starts_with(form.begin) &&
                   (!form.spaced || is_spaced());
        });
    }

    const Candidate& c_;
    std::string_view country_;
    std::size_t size_;
    std::optional<Verdict> best_ = {};
};

}  // namespace

std::optional<Verdict> judge(const Candidate& candidate, std::string_view country) {
    return Judge(candidate, country).judge();
}

}  // namespace oidor::redact
